/** A signature that was drawn arrives as a picture in a form field. Only what is plainly a small PNG is taken. */
import { inflateSync } from "node:zlib";

const PREFIX = "data:image/png;base64,";
const MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
export const LARGEST = 150_000;
const WIDEST = 4_000;
const MOST_DOTS = 4_000_000;
/** Dots in bytes, by colour type, at eight bits a channel: what a canvas gives. */
const channels: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** The picture's bytes, or null when it is none, is too large, or has nothing on it. */
export function drawingFrom(field: string): Uint8Array | null {
  if (!field.startsWith(PREFIX) || field.length > LARGEST * 1.4) return null;
  const encoded = field.slice(PREFIX.length);
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded)) return null;
  const bytes = new Uint8Array(Buffer.from(encoded, "base64"));
  if (bytes.byteLength < 100 || bytes.byteLength > LARGEST || MAGIC.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width < 20 || height < 20 || width > WIDEST || height > WIDEST || width * height > MOST_DOTS) return null;
  return isWhole(bytes, view, width, height) ? bytes : null;
}

/** It can be drawn on paper later: nothing would tell the signer then. */
function isWhole(bytes: Uint8Array, view: DataView, width: number, height: number): boolean {
  const [depth, color, interlaced] = [bytes[24], bytes[25] ?? -1, bytes[28]];
  const wide = channels[color];
  if (depth !== 8 || interlaced !== 0 || wide === undefined) return false;
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.byteLength; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.byteLength) return false;
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (kind === "IDAT") parts.push(bytes.subarray(at + 8, at + 8 + length));
    if (kind === "IEND") break;
    at += 12 + length;
  }
  const wanted = (width * wide + 1) * height;
  try {
    const dots = inflateSync(Buffer.concat(parts), { maxOutputLength: wanted });
    return dots.byteLength === wanted && dots.every((value, at) => at % (width * wide + 1) !== 0 || value <= 4);
  } catch {
    return false;
  }
}
