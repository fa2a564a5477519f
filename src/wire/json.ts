/** What JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

/** Where a message's JSON keeps the fields that its type does not have. */
export const UNKNOWN_KEY = "$unknown";
