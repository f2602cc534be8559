/** libsodium, ready to use: its WASM is loaded once, before anything that imports this file runs. */
import sodium from "libsodium-wrappers-sumo";

await sodium.ready;

export { sodium };
