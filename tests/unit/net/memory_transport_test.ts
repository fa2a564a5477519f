import { memoryMeshes } from "./memory_mesh.ts";
import { testTransportCompliance } from "./transport_compliance.ts";

testTransportCompliance(memoryMeshes);
