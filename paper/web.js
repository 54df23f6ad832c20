// web.js: a figure fills the window when it is clicked, tapped or chosen with Enter; again, or Escape, puts it back.
for (const picture of document.querySelectorAll("figure svg")) {
  picture.tabIndex = 0;
  picture.addEventListener("click", () => picture.closest("figure").classList.toggle("large"));
  picture.addEventListener("keydown", (event) => event.key === "Enter" && picture.dispatchEvent(new Event("click")));
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll("figure.large").forEach((figure) => figure.classList.remove("large"));
});
