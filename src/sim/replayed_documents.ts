import type { NodeInput, NodeOutput } from "../core/node_io.ts";
import { AutomergeDocuments } from "../store/automerge_documents.ts";
import { Random } from "../core/kernel/random.ts";
import { VirtualChangeDisk } from "./virtual_change_disk.ts";
import { AUTOMERGE } from "./virtual_documents.ts";

/** The documents of a node whose recording is replayed: the disk is what the recording says it held. */
export class ReplayedDocuments {
  readonly documents: AutomergeDocuments;
  readonly #disk = new VirtualChangeDisk(new Random("replay"));

  constructor() {
    this.documents = new AutomergeDocuments(AUTOMERGE, this.#disk);
  }

  before(input: NodeInput): void {
    if (input.kind === "documentsReady") {
      for (const { changes = [], ...stored } of input.stored) this.#disk.plant(0, stored, changes);
    } else if (input.kind === "saved") {
      this.#disk.sync();
      this.documents.settle();
    } else if (input.kind === "saveFailed") {
      this.#disk.forget();
    }
  }

  after(output: NodeOutput): void {
    if (output.kind === "save") this.#disk.write(0, this.documents.take(output.documents));
  }
}
