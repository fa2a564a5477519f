import { Writer } from "protobufjs/minimal.js";

/** The part of protobufjs's writer that is built upon, without its demand for Long objects. */
interface WriterBase {
  pos: number;
  buf: Uint8Array;
  _reserve(length: number): void;
  uint32(value: number): this;
  fixed32(value: number): this;
  string(value: string): this;
  raw(bytes: Uint8Array): this;
  fork(): this;
  ldelim(): this;
  finish(): Uint8Array<ArrayBuffer>;
}
const Base = Writer as unknown as new () => WriterBase;

/** The writer that generated encoders run on. It takes 64-bit integers as bigint. */
export class WireWriter extends Base {
  uint64(value: bigint): this {
    let low = Number(BigInt.asUintN(32, value));
    let high = Number(BigInt.asUintN(32, value >> 32n));
    this._reserve(10);
    while (high !== 0 || low > 127) {
      this.buf[this.pos++] = low & 127 | 128;
      low = (low >>> 7 | high << 25) >>> 0;
      high >>>= 7;
    }
    this.buf[this.pos++] = low;
    return this;
  }

  /** Half a surrogate pair has no UTF-8, and a receiver would refuse the message for it. */
  override string(value: string): this {
    return super.string(value.isWellFormed() ? value : value.toWellFormed());
  }
}
