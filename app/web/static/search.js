// What a search box gains where scripts run: suggestions while somebody is typing, as the browser itself shows them.
"use strict";

for (const box of document.querySelectorAll("input[data-suggestions]")) {
  const list = document.createElement("datalist");
  list.id = `${box.id}-suggestions`;
  box.after(list);
  box.setAttribute("list", list.id);
  box.autocomplete = "off";
  let waiting, asked;
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = box.value.trim();
      if (typed.length < 2 || typed === asked) return;
      asked = typed;
      const answer = await fetch(`${box.dataset.suggestions}?q=${encodeURIComponent(typed)}`);
      // Meanwhile somebody may have typed on.
      if (!answer.ok || asked !== typed) return;
      const texts = new Set((await answer.json()).items.map((one) => one.text));
      list.replaceChildren(...Array.from(texts, (text) => new Option(text, text)));
    }, 150);
  });
}
