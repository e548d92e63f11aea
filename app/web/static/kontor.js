// What pages gain where scripts run: read marks, character counters, a warning before leaving with unsaved input, copy buttons.
"use strict";

for (const area of document.querySelectorAll("textarea[data-counter]")) {
  const counter = document.createElement("p");
  counter.className = "hint counter";
  counter.setAttribute("aria-live", "polite");
  area.after(counter);
  const show = () => {
    const left = Math.max(0, area.maxLength - area.value.length);
    // Quiet until the end is near: a counter that speaks at every key disturbs.
    counter.textContent = left <= area.maxLength / 5 ? area.dataset.counter.replace("{n}", left) : "";
  };
  area.addEventListener("input", show);
  show();
}

// A notification that is opened has been read, with all that became one line with it.
for (const form of document.querySelectorAll(".entry form[action^='/notifications/']")) {
  form.closest(".entry").querySelector("a").addEventListener("click", () => {
    fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", keepalive: true });
  });
}

// A thread that is shown has been read; without scripts the button says so.
for (const form of document.querySelectorAll(".read-at-once form")) {
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
}

for (const form of document.querySelectorAll("form[data-guard]")) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => {
    if (touched) event.preventDefault();
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  });
}
