// Offers to print where there is something that can.

for (const offer of document.querySelectorAll("[data-print]")) {
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", () => window.print());
}
