/* Tables whose headings sort them. What has no value stays at the end, whichever way. */
"use strict";
(() => {
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  function value(row, column, kind) {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    if (kind === "text") return text;
    const number = Number.parseFloat(text.replaceAll(",", "").replace("\u2212", "-"));
    return Number.isNaN(number) ? null : number;
  }

  function compare(one, other, kind, way) {
    if (one === null || other === null) return (one === null) - (other === null);
    return way * (kind === "text" ? collator.compare(one, other) : one - other);
  }

  function sort(table, heading) {
    const kind = heading.dataset.sort;
    const column = heading.cellIndex;
    const before = heading.getAttribute("aria-sort");
    const first = kind === "number" ? "descending" : "ascending";
    const second = kind === "number" ? "ascending" : "descending";
    const now = before === first ? second : first;
    for (const other of table.querySelectorAll("th[aria-sort]")) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", now);
    const way = now === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column, kind), row]);
    rows.sort((one, other) => compare(one[0], other[0], kind, way));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }

  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.querySelectorAll("th[data-sort]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => sort(table, heading));
    }
  }
})();
