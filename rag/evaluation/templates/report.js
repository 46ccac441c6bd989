"use strict";
(() => {
  const form = document.getElementById("filter");
  const cases = [...document.querySelectorAll(".case")];
  const haystacks = cases.map((item) => item.querySelector("summary").textContent.toLowerCase());
  const chosen = () => new FormData(form);

  function show() {
    const wanted = chosen();
    const words = wanted.get("words").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    cases.forEach((item, i) => {
      const fits = (!wanted.get("kind") || item.dataset.kind === wanted.get("kind"))
        && (!wanted.get("outcome") || item.dataset.outcome === wanted.get("outcome"))
        && words.every((word) => haystacks[i].includes(word));
      item.hidden = !fits;
      shown += fits;
    });
    form.querySelector("output").textContent = `${shown} of ${cases.length} cases`;
  }

  function reveal() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const item = target && target.closest(".case");
    if (item) {
      item.open = true;
      item.hidden = false;
      item.scrollIntoView();
    }
  }

  form.hidden = false;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", reveal);
  show();
  reveal();
})();
