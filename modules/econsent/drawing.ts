/** A signature that was drawn arrives as a picture in a form field. Only what is plainly a small PNG is taken. */
const PREFIX = "data:image/png;base64,";
const MAGIC = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
export const LARGEST = 150_000;
const WIDEST = 4_000;

/** The picture's bytes, or null when it is none, is too large, or has nothing on it. */
export function drawingFrom(field: string): Uint8Array | null {
  if (!field.startsWith(PREFIX) || field.length > LARGEST * 1.4) return null;
  const encoded = field.slice(PREFIX.length);
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded)) return null;
  const bytes = new Uint8Array(Buffer.from(encoded, "base64"));
  if (bytes.byteLength < 100 || bytes.byteLength > LARGEST || MAGIC.some((byte, at) => bytes[at] !== byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width < 20 || height < 20 || width > WIDEST || height > WIDEST) return null;
  return bytes;
}
