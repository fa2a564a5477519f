import assert from "node:assert/strict";
import { describe, type FieldDescriptor, typeNames } from "../../src/wire/schema.ts";

/** Each line of the facts, in the order and with the words of the table. */
const facts = Deno.readTextFileSync(new URL("schema.tsv", import.meta.url)).trim().split("\n");

Deno.test("every field and value of the public schema is ours, and we have no others", () => {
  assert.deepEqual(ourFacts().sort(), [...facts].sort());
});

Deno.test("the public schema has as many types as its authors counted", () => {
  const publicTypes = typeNames().filter((name) => name.startsWith("cap."));
  const kinds = publicTypes.map((name) => describe(name)!.kind);
  assert.equal(new Set(publicTypes.map((name) => name.split(".")[1])).size, 20);
  assert.equal(kinds.filter((kind) => kind === "message").length, 161);
  assert.equal(kinds.filter((kind) => kind === "enum").length, 69);
  assert.equal(facts.filter((fact) => fact.startsWith("field\t")).length, 914);
  assert.equal(facts.filter((fact) => fact.startsWith("enum\t")).length, 441);
});

Deno.test("the hazardous defaults of events are what the schema says", () => {
  const priority = describe("cap.event.v1.EventPriority");
  const propagation = describe("cap.event.v1.PropagationMode");
  assert(priority?.kind === "enum" && propagation?.kind === "enum");
  assert.equal(priority.values[0], "PRIORITY_CRITICAL");
  assert.equal(propagation.values[0], "PROPAGATION_FULL");
});

function ourFacts(): string[] {
  return typeNames().filter((name) => name.startsWith("cap.")).flatMap((name) => {
    const type = describe(name)!;
    if (type.kind === "message") return type.fields.map((field) => fieldFact(name, field));
    return Object.entries(type.values).map(([value, number]) =>
      ["enum", name, value, number].join("\t")
    );
  });
}

function fieldFact(message: string, field: FieldDescriptor): string {
  const { name, number, type, label, oneof } = field;
  const typeName = label === "map" ? `map<string,${type.name}>` : type.name;
  return ["field", message, name, number, typeName, label, oneof ?? "-"].join("\t");
}
