// Prints the bibliography of the official CSL processor: node citeproc_oracle.js FOLDER STYLE.csl ITEMS.json
// FOLDER holds node_modules with citeproc and citeproc-locales. Writes a JSON list of [id, HTML].
const fs = require("fs");
const path = require("path");

const [folder, style, file] = process.argv.slice(2);
const modules = path.join(folder, "node_modules");
const CSL = require(path.join(modules, "citeproc"));
const items = JSON.parse(fs.readFileSync(file, "utf8"));
const byId = new Map(items.map((item) => [item.id, item]));
const locales = path.join(modules, "citeproc-locales", "locales");
const engine = new CSL.Engine(
  {
    retrieveLocale: (lang) => {
      const name = path.join(locales, `locales-${lang}.xml`);
      return fs.existsSync(name) ? fs.readFileSync(name, "utf8") : false;
    },
    retrieveItem: (id) => byId.get(id),
  },
  fs.readFileSync(style, "utf8"),
);
engine.opt.development_extensions.wrap_url_and_doi = false;
engine.updateItems(items.map((item) => item.id));
const [told, entries] = engine.makeBibliography();
process.stdout.write(JSON.stringify(entries.map((entry, at) => [told.entry_ids[at][0], entry])));
