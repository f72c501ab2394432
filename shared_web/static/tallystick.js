// What every page does a little better with: one press sends once, and the keyboard starts where the news is.
// Everything works without it.

const GOVUK = "./vendor/govuk-frontend/govuk-frontend.min.js";
const NEEDS_GOVUK = '[data-module="govuk-error-summary"], [data-module="govuk-radios"], [data-module="govuk-checkboxes"]';

const sending = new Map();

function sendOnce(event) {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (sending.has(form)) {
    event.preventDefault();
    return;
  }
  const button = event.submitter ?? form.querySelector("[type=submit]");
  sending.set(form, { button, words: button ? [...button.childNodes] : [] });
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  button.replaceChildren("Sending…");
}

function mayBeSentAgain() {
  for (const { button, words } of sending.values()) {
    button?.removeAttribute("aria-disabled");
    button?.replaceChildren(...words);
  }
  sending.clear();
}

async function startComponents() {
  if (!document.querySelector(NEEDS_GOVUK)) return;
  const { createAll, Checkboxes, ErrorSummary, Radios } = await import(GOVUK);
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  for (const Component of [Checkboxes, ErrorSummary, Radios]) createAll(Component);
}

function showSignal() {
  for (const status of document.querySelectorAll("[data-signal]")) {
    status.querySelector(".ts-dot").classList.toggle("ts-dot--hollow", !navigator.onLine);
    status.querySelector("[data-signal-word]").textContent = navigator.onLine ? "Online" : "No signal";
  }
}

document.addEventListener("submit", sendOnce);
// A page that comes back from the browser's memory was left in the middle of sending.
window.addEventListener("pageshow", (event) => event.persisted && mayBeSentAgain());
document.querySelector("[data-focus-on-arrival]")?.focus();
startComponents();
showSignal();
window.addEventListener("online", showSignal);
window.addEventListener("offline", showSignal);
