/* How figures, instants and ages are written. */

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const year = new Intl.DateTimeFormat("en-GB", { year: "numeric" });

export const count = (n) => whole.format(n);
export const compact = (n) => (Math.abs(n) < 10000 ? whole.format(Math.round(n)) : short.format(n));
export const amount = (n, currency) => (n === null ? "–" : `${money.format(n)} ${currency}`);
export const share = (part, all) => percent.format(all ? part / all : 0);
export const clock = (at) => time.format(new Date(at));
export const hhmm = (at) => minute.format(new Date(at));
export const date = (at) => day.format(new Date(at));

/* "14:03:05" of today, "28 Nov 23:58", or with the year if that is another one. */
export function moment(at, now) {
  const then = new Date(at);
  const today = new Date(now);
  if (then.toDateString() === today.toDateString()) return time.format(then);
  const written = `${day.format(then)} ${minute.format(then)}`;
  return then.getFullYear() === today.getFullYear() ? written : `${written}, ${year.format(then)}`;
}

/* "12 s", "3 min", "2 h", "5 d" between two instants. */
export function span(from, until) {
  const seconds = Math.max(0, Math.round((until - from) / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${whole.format(Math.round(seconds / 86400))} d`;
}

export const age = (at, now) => span(Date.parse(at), now);

/* UPPER_CASE codes as words. */
export const words = (code) => code.toLowerCase().replaceAll("_", " ");

export const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;
