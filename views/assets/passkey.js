// Asks an authenticator, puts its answer into the form, and sends it.
(() => {
  const place = document.querySelector("[data-passkey]");
  if (!place) return;
  const form = place.querySelector("form");
  const problem = place.querySelector("[data-passkey-error]");
  const options = JSON.parse(place.dataset.options);
  const say = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const label = form.elements.namedItem("label");
    if (label && label.value.trim() === "") {
      say("Give it a name first.");
      label.focus();
      return;
    }
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
      say("This browser knows no passkeys. Use another way, or a newer browser.");
      return;
    }
    problem.hidden = true;
    try {
      const answer =
        place.dataset.passkey === "create"
          ? await navigator.credentials.create({
              publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
            })
          : await navigator.credentials.get({
              publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
            });
      form.elements.namedItem("answer").value = JSON.stringify(answer.toJSON());
      form.submit();
    } catch (error) {
      say(
        error.name === "InvalidStateError"
          ? "This device has a passkey for your account already."
          : "Nothing was given. Press the button to try again, or use another way.",
      );
    }
  });
})();
