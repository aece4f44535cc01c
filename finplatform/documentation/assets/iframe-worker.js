// A page opened from a file may not start a web worker, in which the search runs. There the search
// runs in a hidden frame, whose messages are passed on as a worker's are.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(address) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = (data) => {
        const forwarded = new MessageEvent("message", { data });
        this.dispatchEvent(forwarded);
        if (this.onmessage) this.onmessage(forwarded);
      };
      this.inside.importScripts = (...addresses) =>
        addresses.reduce((before, next) => before.then(() => this.load(next)), Promise.resolve());
      this.ready = this.load(new URL(address, location.href).href);
    }

    load(address) {
      return new Promise((loaded, failed) => {
        const script = this.inside.document.createElement("script");
        script.src = address;
        script.onload = loaded;
        script.onerror = failed;
        this.inside.document.body.appendChild(script);
      });
    }

    postMessage(data) {
      this.ready.then(() => {
        const forwarded = new this.inside.MessageEvent("message", { data });
        this.inside.dispatchEvent(forwarded);
        if (this.inside.onmessage) this.inside.onmessage(forwarded);
      });
    }
  };
}
