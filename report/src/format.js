/** Numbers and times as people read them. Nothing observed is a dash, never 0. */

const NOTHING = "—";
const none = (value) => value === null || value === undefined || Number.isNaN(value);

/** Simulated time: `09:01`, precisely `09:01:00.5`, after a day `1d 09:01`. */
export function clock(seconds, precise = false) {
  if (none(seconds) || !Number.isFinite(seconds)) return NOTHING;
  const ms = Math.round(seconds * 1000);
  const days = Math.floor(ms / 86400000);
  const pad = (value) => String(value).padStart(2, "0");
  let text = `${pad(Math.floor(ms / 3600000) % 24)}:${pad(Math.floor(ms / 60000) % 60)}`;
  if (precise) {
    text += `:${pad(Math.floor(ms / 1000) % 60)}`;
    if (ms % 1000) text += `.${String(ms % 1000).padStart(3, "0").replace(/0+$/, "")}`;
  }
  return days > 0 ? `${days}d ${text}` : text;
}

/** `9:01`, `09:01:30`, `1d 09:01`, or seconds; null for anything else. */
export function parseClock(text) {
  const words = text.trim();
  const found = words.match(/^(?:(\d+)\s*d\s*)?(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$/);
  if (!found) {
    const days = words.match(/^(\d+)\s*d$/);
    if (days) return Number(days[1]) * 86400;
    return /^\d+(\.\d+)?$/.test(words) ? Number(words) : null;
  }
  const [, days, hours, minutes, seconds] = found;
  return Number(days ?? 0) * 86400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds ?? 0);
}

/** The date of a simulated moment: `Mon 5 Jan 2026, 09:01 UTC`. */
export function date(startsAt, seconds = 0) {
  const at = new Date(Date.parse(startsAt ?? "") + seconds * 1000);
  if (Number.isNaN(at.getTime())) return "";
  const day = at.toLocaleDateString("en-GB", { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const time = at.toLocaleTimeString("en-GB", { timeZone: "UTC", hour: "2-digit", minute: "2-digit" });
  return `${day.replace(",", "")}, ${time} UTC`;
}

/** A length of time: `59.6 s`, `1 min 45 s`, `2 h 5 min`. */
export function duration(seconds) {
  if (none(seconds)) return NOTHING;
  const size = Math.abs(seconds);
  if (size < 60) return `${number(seconds)} s`;
  const [big, small, bigName, smallName] =
    size < 3600 ? [60, 1, "min", "s"] : size < 86400 ? [3600, 60, "h", "min"] : [86400, 3600, "d", "h"];
  const whole = Math.round(size / small);
  const rest = whole % (big / small);
  const text = `${Math.floor(whole / (big / small))} ${bigName}${rest ? ` ${rest} ${smallName}` : ""}`;
  return seconds < 0 ? `−${text}` : text;
}

/** A value with its unit. */
export function quantity(value, unit = "") {
  if (none(value)) return NOTHING;
  if (unit === "share") return `${number(value * 100)} %`;
  if (unit === "USD") return value < 0 ? `−$${number(-value)}` : `$${number(value)}`;
  if (unit === "s") return duration(value);
  return unit ? `${number(value)} ${unit}` : number(value);
}

/** Four significant digits, thousands set apart. */
export function number(value) {
  if (none(value)) return NOTHING;
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size === 0 ? 0 : Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(size))));
  const text = size.toLocaleString("en-US", { minimumFractionDigits: 0, maximumFractionDigits: digits });
  return value < 0 && text !== "0" ? `−${text}` : text;
}

/** The unit as it stands beside a title: nothing where the values carry it, or the title is it. */
export function unitNote(title, unit) {
  if (!unit || ["share", "USD", "s"].includes(unit) || title.toLowerCase() === unit.toLowerCase()) return "";
  return unit;
}

/** `1 task`, `2 tasks`. */
export function counted(count, what) {
  return `${number(count)} ${what}${count === 1 ? "" : "s"}`;
}
