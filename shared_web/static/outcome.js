// A buzz for those who do not look: one long for yes, two short for no.

const { buzz } = document.querySelector("[data-buzz]").dataset;

navigator.vibrate?.(buzz.split(",").map(Number));
