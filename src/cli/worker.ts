/** Whether this is a thread that another one of this process started, and not the program itself. */
export const IS_WORKER = "DedicatedWorkerGlobalScope" in globalThis;
