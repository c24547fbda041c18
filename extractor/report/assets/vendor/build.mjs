// Bundles entry.js, with the licences of what is in the bundle, which every page hands on.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { metafile } = await build({
  entryPoints: ["entry.js"],
  outfile: "bundle.js",
  bundle: true,
  minify: true,
  metafile: true,
  charset: "ascii",
  format: "iife",
  globalName: "vendor",
  legalComments: "none",
  target: "es2022",
});

const [output] = Object.values(metafile.outputs);
const inside = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
const packages = new Set();
for (const [path] of inside) {
  const match = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (match) packages.add(match[1]);
}
const texts = [...packages].sort().map((name) => {
  const folder = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  if (!file) throw new Error(`${name} has no licence file`);
  const text = readFileSync(`${folder}/${file}`, "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
});
const licences = texts.join(`\n${"-".repeat(72)}\n\n`);
const bundle = `/*\n${licences}*/\n${readFileSync("bundle.js", "utf8")}`;
writeFileSync("bundle.js", bundle);
writeFileSync("LICENSES.txt", licences);
writeFileSync("bundle.js.sha256", `${createHash("sha256").update(bundle).digest("hex")}  bundle.js\n`);
