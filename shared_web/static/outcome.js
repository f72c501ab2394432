// A buzz for those who do not look: one long for yes, two short for no. Browsers allow it after a tap only.

const { buzz } = document.querySelector("[data-buzz]").dataset;

if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(buzz.split(",").map(Number));
