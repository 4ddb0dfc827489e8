/** Colours come from the style sheet, where light and dark have their own. */

const KINDS = 8;

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The name of the n-th colour, as the style sheet knows it. */
export function colourName(index) {
  return `c${((index % KINDS) + KINDS) % KINDS}`;
}

/** What charts take from the style sheet: `text`, `muted`, `line`, …, and `of(n)` for the n-th colour. */
export function theme() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["text", "muted", "faint", "line", "ground", "panel", "good", "bad", "warn", "accent"];
  const all = Object.fromEntries(names.map((name) => [name, named(name)]));
  return { ...all, named, of: (index) => named(colourName(index)), dark: isDark() };
}
