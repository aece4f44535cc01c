/* The stream of events: connected, and reconnected after every loss, while the page is visible. A
   hidden page closes its connection, since a browser has few. */

const SILENCE_MS = 6000;
const RETRY_MS = 1000;

export class Stream {
  /* onSections(sections, {at, isWhole}) gets what changed; onLink(state) one of "connecting", "live"
     and "disconnected". */
  constructor(url, onSections, onLink) {
    this.url = url;
    this.onSections = onSections;
    this.onLink = onLink;
    this.source = null;
    this.lastId = null;
    this.silence = null;
    this.retry = null;
    document.addEventListener("visibilitychange", () => this.follow());
    // A page in the back/forward cache counts as hidden.
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", () => this.follow());
  }

  follow() {
    if (document.visibilityState === "hidden") {
      this.close();
      this.onLink("disconnected");
    } else if (this.source === null) {
      this.open();
    }
  }

  open() {
    this.close();
    const after = this.lastId === null ? "" : `?after=${encodeURIComponent(this.lastId)}`;
    this.source = new EventSource(this.url + after);
    for (const name of ["snapshot", "round"]) {
      this.source.addEventListener(name, (event) => this.take(name, event));
    }
    this.source.onerror = () => this.lose();
    this.listen();
  }

  close() {
    clearTimeout(this.silence);
    clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  take(name, event) {
    this.lastId = event.lastEventId;
    const body = JSON.parse(event.data);
    this.onSections(body.sections, { at: body.at, isWhole: name === "snapshot" });
    this.onLink("live");
    this.listen();
  }

  /* A connection that is silent for some rounds counts as lost. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.onLink("disconnected");
      this.open();
    }, SILENCE_MS);
  }

  lose() {
    this.onLink("disconnected");
    // The browser connects again by itself, unless the answer was no stream.
    if (this.source !== null && this.source.readyState === EventSource.CLOSED) {
      clearTimeout(this.silence);
      clearTimeout(this.retry);
      this.retry = setTimeout(() => this.open(), RETRY_MS);
    }
  }
}
