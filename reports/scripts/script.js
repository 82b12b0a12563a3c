// Sorts and filters what is on the page already. Without it everything is listed.
"use strict";

// A heading of a column becomes a button that sorts by it.
for (const head of document.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener("click", () => sort(head));
}

function sort(head) {
  const body = head.closest("table").tBodies[0];
  const up = head.getAttribute("aria-sort") !== "ascending";
  const numbers = head.dataset.sort === "number";
  const of = (row) => {
    const cell = row.cells[head.cellIndex];
    return numbers ? Number(cell.dataset.v) : cell.textContent.trim().toLowerCase();
  };
  const rows = Array.from(body.rows, (row) => [of(row), row]);
  rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1));
  body.append(...rows.map(([, row]) => row));
  for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
}

for (const bar of document.querySelectorAll(".filters")) {
  const target = document.getElementById(bar.dataset.for);
  const told = bar.querySelector("output");
  const search = bar.querySelector("input");
  let items;
  const filter = () => {
    items ??= Array.from(target.querySelectorAll("[data-o]"), (item) => [item, item.textContent.toLowerCase()]);
    const words = search.value.trim().toLowerCase();
    const chosen = Array.from(bar.querySelectorAll("select")).filter((select) => select.value);
    let shown = 0;
    for (const [item, text] of items) {
      const fits = text.includes(words) && chosen.every(({ dataset, value }) => item.dataset[dataset.by] === value);
      item.hidden = !fits;
      shown += fits;
    }
    const all = !words && !chosen.length;
    told.textContent = all ? "" : `${shown} of ${items.length}`;
    for (const folded of target.querySelectorAll(".passed")) {
      if (words) folded.open = folded.querySelector("[data-o]:not([hidden])") !== null;
    }
  };
  bar.addEventListener("input", filter);
  bar.hidden = false;
}

// On paper what is broken is unfolded, in browsers whose styles cannot do it.
addEventListener("beforeprint", () => {
  for (const folded of document.querySelectorAll(".check details")) folded.open = true;
});

// A link to something folded opens it.
const reveal = () => {
  const element = location.hash && document.getElementById(location.hash.slice(1));
  for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  if (element) element.scrollIntoView();
};
addEventListener("hashchange", reveal);
reveal();
