/* One model at a time: choosing it in one place chooses it everywhere. On paper all are shown. */
"use strict";
(() => {
  const groups = [];

  function choose(name, focus) {
    for (const group of groups) {
      for (const { button, panel, label } of group) {
        const on = label === name;
        button.setAttribute("aria-selected", String(on));
        button.tabIndex = on ? 0 : -1;
        panel.hidden = !on;
        if (on && focus === group) button.focus();
      }
    }
  }

  function move(group, event) {
    const steps = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const now = group.findIndex(({ button }) => button === event.target);
    const next = Math.min(group.length - 1, Math.max(0, now + step));
    choose(group[next].label, group);
  }

  document.querySelectorAll(".tabs").forEach((holder, place) => {
    const panels = [...holder.querySelectorAll(":scope > .tab")];
    if (panels.length < 2) {
      holder.classList.add("tabbed");
      return;
    }
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Model");
    const group = panels.map((panel, number) => {
      const button = document.createElement("button");
      button.type = "button";
      button.id = `tab-${place}-${number}`;
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", `panel-${place}-${number}`);
      button.dir = "auto";
      button.textContent = panel.dataset.tab;
      panel.id = `panel-${place}-${number}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", button.id);
      list.append(button);
      return { button, panel, label: String(number) };
    });
    for (const { button, label } of group) button.addEventListener("click", () => choose(label));
    list.addEventListener("keydown", (event) => move(group, event));
    holder.prepend(list);
    holder.classList.add("tabbed");
    groups.push(group);
  });
  choose("0");

  /* dots of a plot: one stop of the tab key, arrows go on */
  for (const plot of document.querySelectorAll("svg.scatter")) {
    const dots = [...plot.querySelectorAll("a.dot")];
    dots.forEach((dot, number) => dot.setAttribute("tabindex", number ? "-1" : "0"));
    plot.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const now = dots.indexOf(event.target.closest("a.dot"));
      if (!step || now < 0) return;
      event.preventDefault();
      const next = dots[(now + step + dots.length) % dots.length];
      dots[now].setAttribute("tabindex", "-1");
      next.setAttribute("tabindex", "0");
      next.focus();
    });
  }
})();
