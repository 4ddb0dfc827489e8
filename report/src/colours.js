/** Colours that tell services apart, also for those who see few colours (after Okabe and Ito), in light and in dark. */

const LIGHT = ["#0072b2", "#d55e00", "#009e73", "#b0608f", "#8a6d00", "#3a86c8", "#7a4fb5", "#555555"];
const DARK = ["#56b4e9", "#f0883e", "#2fc295", "#e093c0", "#e0c04c", "#8ec7f0", "#b79ae8", "#aaaaaa"];

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The colour of the n-th of its kind. */
export function colour(index) {
  const all = isDark() ? DARK : LIGHT;
  return all[((index % all.length) + all.length) % all.length];
}

/** What charts take from the style sheet. */
export function theme() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { text: of("--text"), muted: of("--muted"), line: of("--line"), ground: of("--ground"), bad: of("--bad"), accent: of("--accent") };
}
