// The page of devices: offers this one where its browser can receive messages, and asks the browser for an address.
"use strict";

const able = document.getElementById("push-able");
const form = able.querySelector("form");
const refused = document.getElementById("push-refused");

if (isSecureContext && "serviceWorker" in navigator && "PushManager" in window) {
  able.hidden = false;
  document.getElementById("push-unable").hidden = true;
}

const ask = async () => {
  await navigator.serviceWorker.register("/push-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  // An older address may belong to another key of this site, or to somebody else's account.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: able.dataset.key });
  const { endpoint, keys } = made.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  refused.hidden = true;
  try {
    for (const [name, value] of Object.entries(await ask())) form.elements[name].value = value;
    form.submit();
  } catch {
    refused.hidden = false;
  }
});
