/** Elements, made without any HTML text: names from users are text and stay text. */

/**
 * Makes an element.
 * @param {string} tag
 * @param {Object} [attributes] `class`, `title`, data-… and the like; functions become listeners (`onclick`)
 * @param {...(Node|string|number|null|undefined|Array)} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces everything in an element. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** A link to a file beside the page, if the result has it. */
export function fileLink(data, file, text = "CSV") {
  if (!file || !(data.files ?? []).includes(file)) return null;
  const href = file.split("/").map(encodeURIComponent).join("/");
  return h("a", { href: `./${href}`, class: "file", title: file }, text);
}

/** A name that may be broken where its parts meet: `aws.services.web`. */
export function breakable(name) {
  return String(name)
    .split(/(?<=[._:])/)
    .flatMap((part, at) => (at ? [h("wbr"), part] : [part]));
}

/** A square of a colour of the style sheet: `c0` … `c7`, `muted`, `text`. */
export function swatch(colour, kind = "") {
  const mark = h("span", { class: `swatch ${kind}`, "aria-hidden": "true" });
  mark.style.setProperty("--c", `var(--${colour})`);
  return mark;
}
