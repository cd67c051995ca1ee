(function () {
  "use strict";
  var root = document.documentElement;
  var $ = function (id) { return document.getElementById(id); };
  var each = function (list, act) { Array.prototype.forEach.call(list, act); };
  var entries = Array.prototype.slice.call(document.querySelectorAll("table.refs > tbody"));
  var untilFound = "onbeforematch" in document.body ? "until-found" : "";

  // Details: closed at first; found by the browser's own search, opened by links and for the printer.
  function more(entry) { return entry.querySelector(".dossier"); }
  function open(entry, wanted) {
    var button = entry.querySelector("button"), row = entry.rows[1];
    if (wanted) more(entry).removeAttribute("hidden"); else more(entry).setAttribute("hidden", untilFound);
    if (wanted) row.removeAttribute("aria-hidden"); else row.setAttribute("aria-hidden", "true"); // no empty row is read out
    button.setAttribute("aria-expanded", String(wanted));
    entry.classList.toggle("open", wanted);
  }
  entries.forEach(function (entry, number) {
    var name = entry.querySelector("th .name"), button = document.createElement("button");
    button.type = "button";
    button.className = "name";
    button.textContent = name.textContent;
    more(entry).id = "more-" + number;
    button.setAttribute("aria-controls", more(entry).id);
    name.replaceWith(button);
    entry.order = number;
    open(entry, false);
    more(entry).addEventListener("beforematch", function () { open(entry, true); });
  });
  document.addEventListener("click", function (event) {
    var row = event.target.closest("tr.row");
    if (!row || event.target.closest("a") || String(window.getSelection())) return;
    var entry = row.parentNode;
    open(entry, !entry.classList.contains("open"));
  });
  each(document.querySelectorAll(".rule"), function (rule) { rule.open = false; });
  function follow() {
    var entry = location.hash && $(location.hash.slice(1));
    if (entry && entry.open === false) entry.open = true;
    if (!entry || entries.indexOf(entry) < 0) return;
    if (entry.hidden) clear();
    open(entry, true);
    entry.scrollIntoView();
    entry.querySelector("button").focus({ preventScroll: true });
  }
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", function (event) {
    var link = event.target.closest('a[href^="#r"]');
    if (link && link.hash === location.hash) follow();
  });

  // Filters.
  var form = $("filters"), text = $("f-text"), severity = $("f-severity"), state = $("f-state");
  var family = $("f-family"), owner = $("f-owner"), shown = $("shown"), all = $("all"), told;
  function words(entry) {
    if (entry.words === undefined) entry.words = entry.textContent.toLowerCase();
    return entry.words;
  }
  function has(list, word) { return (" " + (list || "") + " ").indexOf(" " + word + " ") >= 0; }
  function matches(entry, asked) {
    var data = entry.dataset;
    return (!state.value || data.state === state.value) &&
      (!family.value || has(data.family, family.value)) &&
      (!owner || !owner.value || "o:" + (data.owner || "") === owner.value) &&
      (!severity.value || (severity.value === "none" ? data.count === "0" :
        severity.value === "new" ? "new" in data : has(data.has, severity.value))) &&
      asked.every(function (word) { return words(entry).indexOf(word) >= 0; });
  }
  function filter() {
    var asked = text.value.toLowerCase().split(/\s+/).filter(Boolean), count = 0;
    entries.forEach(function (entry) {
      var wanted = matches(entry, asked);
      if (entry.hidden === wanted) entry.hidden = !wanted;
      count += wanted;
    });
    each(document.querySelectorAll(".monograph"), function (file) {
      var table = file.querySelector("table.refs");
      if (!table) return;
      var none = !table.querySelector("tbody:not([hidden])");
      table.hidden = none;
      file.querySelector(".nothing").hidden = !none;
    });
    var total = entries.length, noun = total === 1 ? " reference" : " references";
    clearTimeout(told);
    var words_ = count === total ? total + noun : count + " of " + total + noun;
    told = setTimeout(function () { if (shown.textContent !== words_) shown.textContent = words_; }, 150);
  }
  function clear() { form.reset(); filter(); }
  form.addEventListener("input", filter);
  form.addEventListener("reset", function () { setTimeout(filter, 0); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  all.addEventListener("click", function () {
    var wanted = all.getAttribute("aria-pressed") !== "true";
    all.setAttribute("aria-pressed", String(wanted));
    all.textContent = wanted ? "Close all" : "Open all";
    entries.forEach(function (entry) { open(entry, wanted); });
  });
  (window.requestIdleCallback || setTimeout)(function () { entries.forEach(words); });

  // Sorting: a third press gives the order of the file again.
  var STATES = ["not-found", "unavailable", "blocked", "not-checked", "found"];
  var keys = {
    worst: function (entry) { return -(+entry.dataset.worst * 10000 + +entry.dataset.count); },
    state: function (entry) { return STATES.indexOf(entry.dataset.state); }
  };
  function key(entry, column) {
    var own = keys[column.dataset.key];
    return own ? own(entry) : entry.rows[0].cells[column.cellIndex].textContent.trim().toLowerCase();
  }
  function sort(column) {
    var table = column.closest("table"), now = column.getAttribute("aria-sort");
    var next = now === "none" ? "ascending" : now === "ascending" ? "descending" : "none";
    each(column.parentNode.cells, function (other) { other.setAttribute("aria-sort", "none"); });
    column.setAttribute("aria-sort", next);
    var rows = Array.prototype.slice.call(table.tBodies), sign = next === "descending" ? -1 : 1;
    var keyed = rows.map(function (entry) { return { entry: entry, key: next === "none" ? 0 : key(entry, column) }; });
    keyed.sort(function (a, b) {
      // what is empty stands last, whatever the direction
      if ((a.key === "") !== (b.key === "")) return a.key === "" ? 1 : -1;
      return (a.key < b.key ? -sign : a.key > b.key ? sign : 0) || a.entry.order - b.entry.order;
    });
    var sorted = document.createDocumentFragment();
    keyed.forEach(function (one) { sorted.appendChild(one.entry); });
    table.appendChild(sorted);
  }
  each(document.querySelectorAll("table.refs thead th"), function (column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = column.textContent;
    var plain = document.createElement("span"); // for paper: browsers do not repeat buttons at the head of a page
    plain.className = "paper";
    plain.textContent = column.textContent;
    column.textContent = "";
    column.appendChild(plain);
    column.appendChild(button);
    column.setAttribute("aria-sort", "none");
    button.addEventListener("click", function () { sort(column); });
  });

  // A table that is laid out as boxes stays a table to those who hear it.
  [["table.refs", "table"], ["table.refs > thead, table.refs > tbody", "rowgroup"], ["table.refs tr", "row"],
    ["table.refs td", "cell"], ["table.refs thead th", "columnheader"], ["table.refs tbody th", "rowheader"]
  ].forEach(function (pair) {
    each(document.querySelectorAll(pair[0]), function (one) { one.setAttribute("role", pair[1]); });
  });

  // Theme: the system's, light, dark.
  var theme = $("theme"), themes = ["system", "light", "dark"];
  function paint(name) {
    if (name === "system") delete root.dataset.theme; else root.dataset.theme = name;
    theme.textContent = "Theme: " + name;
  }
  paint(root.dataset.theme || "system");
  theme.addEventListener("click", function () {
    var name = themes[(themes.indexOf(root.dataset.theme || "system") + 1) % themes.length];
    paint(name);
    try { localStorage.setItem("evidence-theme", name); } catch (e) { /* not remembered, then */ }
  });

  // On paper everything is open.
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (one) { one.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (one) { one.open = false; });
  });

  root.classList.add("ready");
  follow();
})();
