/* What the list of utterances is narrowed and sorted by. */
"use strict";
const HansardFilters = (() => {
  const FIELDS = { language: 1, speaker: 2, source: 3 };
  const LEVELS = ["as written", "normalised", "variants tolerated"];
  const MANY = 60;

  function label(text, control, kind = "") {
    const element = document.createElement("label");
    element.className = kind;
    if (kind === "check") element.append(control, text);
    else element.append(text, control);
    return element;
  }

  function select(id, options) {
    const element = document.createElement("select");
    element.id = id;
    for (const [value, text] of options) element.append(new Option(text, value));
    return element;
  }

  function input(id, type, attributes = {}) {
    const element = document.createElement("input");
    element.id = id;
    element.type = type;
    return Object.assign(element, attributes);
  }

  /* a list to choose from; where it is long, a field that proposes */
  function choice(id, values) {
    if (values.length <= MANY) return select(id, [["", "all"], ...values.map((v) => [v, v])]);
    const field = input(id, "text", { placeholder: "all", autocomplete: "off" });
    const list = document.createElement("datalist");
    list.id = `${id}-list`;
    for (const value of values.slice(0, 2000)) list.append(new Option(value, value));
    field.setAttribute("list", list.id);
    document.body.append(list);
    return field;
  }

  function build(holder, models, rows) {
    const found = {};
    for (const [name, column] of Object.entries(FIELDS)) {
      const values = [...new Set(rows.map((row) => row[column]))].filter(Boolean).sort();
      if (values.length > 1) found[name] = choice(`f-${name}`, values);
    }
    const named = models.map((name, number) => [String(number), name]);
    const order = [["rate", "WER, worst first"], ["best", "WER, best first"], ["errors", "most errors"]];
    if (models.length > 1) order.push(["gap", "largest difference of models"]);
    order.push(["long", "longest first"], ["short", "shortest first"], ["id", "id"], ["none", "as given"]);
    const kinds = [["", "any"], ["3", "with substitutions"], ["4", "with deletions"], ["5", "with insertions"],
      ["right", "without errors"], ["failed", "failed"]];
    const controls = {
      text: input("f-text", "search", { placeholder: "words or id", autocomplete: "off" }),
      ...found,
      model: select("f-model", models.length > 1 ? [["", "worst of all"], ...named] : named),
      level: select("f-level", LEVELS.map((name, number) => [String(number), name])),
      low: input("f-low", "number", { min: 0, step: "any", placeholder: "0" }),
      high: input("f-high", "number", { min: 0, step: "any", placeholder: "any" }),
      kind: select("f-kind", kinds),
      order: select("f-order", order),
      written: input("f-written", "checkbox"),
    };
    controls.level.value = "1";
    const titles = { text: "Search", language: "Language", speaker: "Speaker", source: "Source", model: "WER of",
      level: "Words", low: "From, %", high: "To, %", kind: "Mistakes", order: "Sort by", written: "Texts as written" };
    for (const [name, control] of Object.entries(controls)) {
      holder.append(label(titles[name], control, { text: "wide", written: "check" }[name]));
    }
    holder.hidden = false;
    return controls;
  }

  /* figures of a model: three rates, substitutions, deletions, insertions, failed */
  function errors(figures) {
    return figures ? figures[3] + figures[4] + figures[5] : 0;
  }

  /* words where the reference has none have no rate, and are worse than any */
  function rate(figures, level) {
    if (!figures) return -1;
    return figures[level] ?? (errors(figures) ? Infinity : 0);
  }

  function judged(row, controls) {
    const chosen = controls.model.value;
    return chosen === "" ? row[9].filter(Boolean) : [row[9][Number(chosen)]].filter(Boolean);
  }

  function isOfKind(figures, kind) {
    if (kind === "") return true;
    if (kind === "right") return errors(figures) === 0;
    if (kind === "failed") return figures[6] === 1;
    return figures[Number(kind)] > 0;
  }

  function matches(row, controls) {
    for (const [name, column] of Object.entries(FIELDS)) {
      const wanted = controls[name]?.value;
      if (wanted && row[column] !== wanted) return false;
    }
    const figures = judged(row, controls);
    if (!figures.some((each) => isOfKind(each, controls.kind.value))) return false;
    const worst = Math.max(...figures.map((each) => rate(each, Number(controls.level.value)))) * 100;
    const low = controls.low.valueAsNumber;
    const high = controls.high.valueAsNumber;
    return !(worst < low - 1e-6) && !(worst > high + 1e-6);
  }

  function keys(row, controls) {
    const level = Number(controls.level.value);
    const figures = judged(row, controls);
    const worst = Math.max(-1, ...figures.map((each) => rate(each, level)));
    const most = Math.max(0, ...figures.map(errors));
    const capped = row[9].filter(Boolean).map((each) => Math.min(10, rate(each, level)));
    const length = row[5] ?? row[6];
    switch (controls.order.value) {
      case "rate": return [-worst, -most];
      case "best": return [worst, most];
      case "errors": return [-most, -worst];
      case "gap": return [Math.min(...capped) - Math.max(...capped), -most];
      case "long": return [-length, 0];
      case "short": return [length, 0];
      default: return [0, 0];
    }
  }

  /* numbers of the rows that are wanted, in the order that is wanted */
  function apply(rows, numbers, controls) {
    const kept = numbers.filter((number) => matches(rows[number], controls));
    if (controls.order.value === "none") return kept;
    const collator = new Intl.Collator(undefined, { numeric: true });
    if (controls.order.value === "id") {
      return kept.sort((a, b) => collator.compare(rows[a][0], rows[b][0]) || a - b);
    }
    const found = new Map(kept.map((number) => [number, keys(rows[number], controls)]));
    const difference = (x, y) => (x === y ? 0 : x - y); // two infinities are equal
    return kept.sort((a, b) => {
      const [one, other] = [found.get(a), found.get(b)];
      return difference(one[0], other[0]) || difference(one[1], other[1]) || a - b;
    });
  }

  return { build, apply, rate, errors };
})();
