/**
 * The server's half of SFTP (draft-ietf-secsh-filexfer-02, version 3) over stdin and stdout, as `sftp -D` starts it: what
 * OpenSSH's client needs to put, rename, list, get and remove. Argument 1 is the folder it serves; argument 2, when it is
 * there, how many bytes it takes before it breaks off as a full disk does (SSH_FX_FAILURE).
 */
import * as fs from "node:fs";
import { join, normalize } from "node:path";

const [root = "", room] = process.argv.slice(2);
let left = room === undefined ? Number.POSITIVE_INFINITY : Number(room);
const real = (path: string) => join(root, normalize(`/${path}`));
class Refused extends Error {
  constructor(readonly status: number) {
    super();
  }
}
const handles = new Map<string, { fd: number } | { list: string[] }>();
const CODES = { ENOENT: 2, EACCES: 3 } as Record<string, number>;

const uint = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const text = (value: string | Buffer) => Buffer.concat([uint(Buffer.byteLength(value)), Buffer.from(value as string)]);
const send = (type: number, ...parts: Buffer[]) => {
  const body = Buffer.concat([Buffer.of(type), ...parts]);
  fs.writeSync(1, Buffer.concat([uint(body.length), body]));
};
const attributes = ({ size, mode }: fs.Stats) =>
  Buffer.concat([uint(1 | 4), uint(size / 2 ** 32), uint(size), uint(mode)]);

function answer(packet: Buffer): void {
  let at = 1;
  const number = () => {
    at += 4;
    return packet.readUInt32BE(at - 4);
  };
  const bytes = () => {
    const length = number();
    at += length;
    return packet.subarray(at - length, at);
  };
  const word = () => bytes().toString();
  const position = () => number() * 2 ** 32 + number();
  const type = packet[0];
  if (type === 1) {
    send(2, uint(3), text("posix-rename@openssh.com"), text("1"), text("fsync@openssh.com"), text("1"));
    return;
  }
  const id = uint(number());
  const status = (code: number) => send(101, id, uint(code), text(""), text(""));
  const open = (one: { fd: number } | { list: string[] }) => {
    const name = String(handles.size + 1);
    handles.set(name, one);
    send(102, id, text(name));
  };
  const opened = () => handles.get(word());
  const fdOf = () => {
    const one = opened();
    if (!one || !("fd" in one)) throw new Error("no such handle");
    return one.fd;
  };
  try {
    if (type === 3) {
      const [path, flags] = [word(), number()];
      open({ fd: fs.openSync(real(path), flags & 2 ? (flags & 16 ? "w" : "r+") : "r") });
    } else if (type === 4) {
      const one = opened();
      if (one && "fd" in one) fs.closeSync(one.fd);
      status(0);
    } else if (type === 5) {
      const [fd, from, length] = [fdOf(), position(), number()];
      const piece = Buffer.alloc(length);
      const read = fs.readSync(fd, piece, 0, length, from);
      if (read === 0) status(1);
      else send(103, id, text(piece.subarray(0, read)));
    } else if (type === 6) {
      const [fd, to, piece] = [fdOf(), position(), bytes()];
      left -= piece.length;
      if (left < 0) throw new Refused(4);
      fs.writeSync(fd, piece, 0, piece.length, to);
      status(0);
    } else if (type === 7 || type === 17) send(105, id, attributes(fs.statSync(real(word()))));
    else if (type === 8) send(105, id, attributes(fs.fstatSync(fdOf())));
    else if (type === 9 || type === 10) status(0);
    else if (type === 11) open({ list: fs.readdirSync(real(word())) });
    else if (type === 12) {
      const one = opened();
      const names = one && "list" in one ? one.list.splice(0) : [];
      if (names.length === 0) throw new Refused(1);
      send(104, id, uint(names.length), ...names.flatMap((name) => [text(name), text(name), uint(0)]));
    } else if (type === 13) {
      fs.unlinkSync(real(word()));
      status(0);
    } else if (type === 14) {
      fs.mkdirSync(real(word()));
      status(0);
    } else if (type === 16) send(104, id, uint(1), text(normalize(`/${word()}`)), text(""), uint(0));
    else if (type === 200) {
      const what = word();
      if (what === "posix-rename@openssh.com") fs.renameSync(real(word()), real(word()));
      else if (what === "fsync@openssh.com") fs.fsyncSync(fdOf());
      else throw new Refused(8);
      status(0);
    } else status(8);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    status(error instanceof Refused ? error.status : (CODES[code] ?? 4));
  }
}

let waiting: Buffer = Buffer.alloc(0);
for await (const piece of Bun.stdin.stream()) {
  waiting = Buffer.concat([waiting, piece]);
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE(0)) {
    const end = 4 + waiting.readUInt32BE(0);
    const packet = waiting.subarray(4, end);
    waiting = waiting.subarray(end);
    answer(packet);
  }
}
