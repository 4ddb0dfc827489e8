// Bundles the page: src/*.js and styles.css become src/output/report/page.js and page.css of the program, and the licences of what
// is bundled LICENSES.txt. The same sources give the same bytes.
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const target = new URL("../src/output/report/", import.meta.url).pathname;
const browsers = ["chrome100", "firefox100", "safari15"];

const script = await build({
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: browsers,
  charset: "ascii",
  legalComments: "none",
  write: false,
  metafile: true,
});
const style = await build({ entryPoints: ["src/styles.css"], bundle: true, minify: true, target: browsers, write: false });

// Nothing in a script element may look like the end of it.
const code = script.outputFiles[0].text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
writeFileSync(`${target}page.js`, code);
writeFileSync(`${target}page.css`, style.outputFiles[0].text);

const bundled = new Set();
for (const input of Object.keys(script.metafile.inputs)) {
  const found = input.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) bundled.add(found[1]);
}
const licences = [...bundled].sort().map((name) => {
  const about = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
  const text = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map(read(name)).find(Boolean) ?? about.license;
  const notice = read(name)("NOTICE");
  return `${name} ${about.version} (${about.license})\n\n${text.trim()}\n${notice ? `\n${notice.trim()}\n` : ""}`;
});
const head = "page.js holds parts of these packages, under their own licences.\n\n";
writeFileSync(`${target}LICENSES.txt`, head + licences.join(`\n${"-".repeat(80)}\n\n`));
console.log(`page.js ${Math.round(code.length / 1024)} KiB, of ${[...bundled].sort().join(", ")}`);

function read(name) {
  return (file) => {
    try {
      return readFileSync(`node_modules/${name}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
}
