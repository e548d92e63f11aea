// Shows what a person is told while no page of this site is open. Runs in the background of their browser.
"use strict";

self.addEventListener("push", (event) => {
  const { id, title, text, path, lang } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body: text, data: path, lang, tag: id }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(new URL(event.notification.data, self.location.origin)));
});
