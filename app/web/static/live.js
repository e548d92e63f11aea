// Keeps the numbers of what is unread in the page head up to date, while the page is seen.
"use strict";

{
  const show = (unread) => {
    for (const spot of document.querySelectorAll("[data-unread]")) {
      const count = unread[spot.dataset.unread];
      const number = count.toLocaleString(document.documentElement.lang);
      spot.hidden = !count;
      spot.querySelector(".number").textContent = number;
      const said = spot.querySelector(".unseen");
      if (said) said.textContent = (count === 1 ? spot.dataset.one : spot.dataset.many).replace("{n}", number);
    }
  };
  let stream;
  const listen = () => {
    stream?.close();
    if (document.hidden) return; // browsers open few connections to one server
    stream = new EventSource("/notifications/stream");
    stream.addEventListener("unread", (event) => show(JSON.parse(event.data)));
  };
  addEventListener("pageshow", listen);
  addEventListener("pagehide", () => stream?.close());
  document.addEventListener("visibilitychange", listen);
}
