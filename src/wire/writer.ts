import { Writer } from "protobufjs/minimal.js";

/** The part of protobufjs's writer that is built upon, without its demand for Long objects. */
interface WriterBase {
  pos: number;
  buf: Uint8Array;
  _reserve(length: number): void;
  uint32(value: number): this;
  fixed32(value: number): this;
  float(value: number): this;
  double(value: number): this;
  string(value: string): this;
  raw(bytes: Uint8Array): this;
  fork(): this;
  ldelim(): this;
  finish(): Uint8Array<ArrayBuffer>;
}
const Base = Writer as unknown as new () => WriterBase;

/** The one NaN that goes out, in single precision and as the upper half of a double. */
const SINGLE_NAN = 0x7fc00000;
const DOUBLE_NAN_HIGH = 0x7ff80000;

/**
 * The writer that generated encoders run on. It takes 64-bit integers as bigint. The same message
 * always makes the same bytes: a NaN has many forms, and which of them the engine writes depends
 * on how far it has compiled the code.
 */
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

  override float(value: number): this {
    return Number.isNaN(value) ? this.fixed32(SINGLE_NAN) : super.float(value);
  }

  override double(value: number): this {
    return Number.isNaN(value) ? this.fixed32(0).fixed32(DOUBLE_NAN_HIGH) : super.double(value);
  }

  floats(values: readonly number[]): this {
    this.uint32(4 * values.length);
    for (const value of values) this.float(value);
    return this;
  }

  /** Half a surrogate pair has no UTF-8, and a receiver would refuse the message for it. */
  override string(value: string): this {
    return super.string(value.isWellFormed() ? value : value.toWellFormed());
  }
}
