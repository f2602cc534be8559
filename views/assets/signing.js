// Drawing one's name, where typing it is not what one wants. Typing it is worth the same, and needs none of this.
(() => {
  const pad = document.querySelector("canvas.signature-pad");
  const kept = document.querySelector("[data-drawn]");
  if (!pad || !kept || typeof SignaturePad === "undefined") return;
  const drawn = new SignaturePad(pad, { penColor: "#111111", backgroundColor: "#ffffff" });
  const clear = document.querySelector("[data-clear-drawing]");
  // The canvas has as many dots as the screen; a turned phone begins anew.
  const fit = () => {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    pad.width = pad.offsetWidth * ratio;
    pad.height = pad.offsetHeight * ratio;
    pad.getContext("2d").scale(ratio, ratio);
    drawn.clear();
    kept.value = "";
  };
  fit();
  let width = pad.offsetWidth;
  addEventListener("resize", () => {
    if (pad.offsetWidth !== width) fit();
    width = pad.offsetWidth;
  });
  drawn.addEventListener("endStroke", () => {
    kept.value = drawn.toDataURL("image/png");
  });
  clear?.addEventListener("click", () => {
    drawn.clear();
    kept.value = "";
  });
})();
