/** A sound and a sheet of paper made by rule, for the demonstration: no voice and no hospital lent them. */

/** Two soft tones in turn, as an uncompressed recording (WAV, 8 bits, 8 kHz). */
export function tones(seconds: number): Uint8Array<ArrayBuffer> {
  const rate = 8_000;
  const samples = Math.round(seconds * rate);
  const bytes = new Uint8Array(44 + samples);
  const view = new DataView(bytes.buffer);
  const say = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  say(0, "RIFF");
  view.setUint32(4, 36 + samples, true);
  say(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  say(36, "data");
  view.setUint32(40, samples, true);
  for (let at = 0; at < samples; at++) {
    const tone = Math.floor(at / rate) % 2 === 0 ? 440 : 550;
    bytes[44 + at] = 128 + Math.round(30 * Math.sin((2 * Math.PI * tone * at) / rate));
  }
  return bytes;
}

/** One page with these lines on it, in a letter that every reader of PDF files has. */
export function sheet(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const shown = lines.map((line) => `(${line.replace(/[\\()]/g, "\\$&").replace(/[^\x20-\x7e]/g, "?")}) Tj T*`);
  const drawn = `BT /F1 14 Tf 20 TL 60 780 Td ${shown.join(" ")} ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let file = "%PDF-1.4\n";
  const places = objects.map((object, at) => {
    const place = file.length;
    file += `${at + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = file.length;
  const rows = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return new TextEncoder().encode(file);
}
