(function (root) {
  "use strict";
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("evidence-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (e) { /* storage is not allowed here: the system's theme holds */ }
})(document.documentElement);
