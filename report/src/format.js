/** Numbers and times as people read them. */

/** Simulated time: `9:01`, `9:01:00.5`, `1d 09:01`. */
export function clock(seconds, precise = false) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "—";
  const ms = Math.round(seconds * 1000);
  const days = Math.floor(ms / 86400000);
  const pad = (value) => String(value).padStart(2, "0");
  const hours = Math.floor(ms / 3600000) % 24;
  let text = `${pad(hours)}:${pad(Math.floor(ms / 60000) % 60)}`;
  if (precise) {
    text += `:${pad(Math.floor(ms / 1000) % 60)}`;
    if (ms % 1000) text += `.${String(ms % 1000).padStart(3, "0").replace(/0+$/, "")}`;
  }
  return days > 0 ? `${days}d ${text}` : text;
}

const UNITS = { share: "%", USD: "$" };

/** A value with its unit; nothing observed is a dash, never 0. */
export function quantity(value, unit = "") {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  if (unit === "share") return `${number(value * 100)} ${UNITS.share}`;
  if (unit === "USD") return `${UNITS.USD}${number(value)}`;
  return unit ? `${number(value)} ${unit}` : number(value);
}

/** Four significant digits, thousands set apart. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "—";
  if (Number.isInteger(value)) return value.toLocaleString("en-US").replaceAll(",", "\u202f");
  const size = Math.abs(value);
  const digits = size === 0 ? 0 : Math.max(0, Math.min(8, 3 - Math.floor(Math.log10(size))));
  const text = value.toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `1 task`, `2 tasks`. */
export function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
