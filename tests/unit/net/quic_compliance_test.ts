import { quicMeshes } from "./quic_mesh.ts";
import { testTransportCompliance } from "./transport_compliance.ts";

testTransportCompliance(quicMeshes);
