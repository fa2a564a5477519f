/** Why a connection ended, or never came to be. */
export type CloseCode =
  /** A side stopped, */
  | "stopped"
  /** or was told to disconnect. */
  | "disconnected"
  /** Nothing more was heard: the other side is gone, or the network in between. */
  | "lost"
  /** Nobody answered at the address. */
  | "unreachable"
  | "badAddress"
  /** The certificate of the side that was dialled does not hold. */
  | "untrusted"
  /** The other side speaks another protocol, or another version of it. */
  | "incompatible"
  /** The handshake refused the other side, which has no proof, */
  | "notAuthenticated"
  /** or has one that is not good any more, or not yet. */
  | "notPermitted"
  /** The node that was reached is not the one that was dialled. */
  | "wrongPeer"
  | "handshakeTimedOut"
  | "tooManyHandshakes"
  | "tooManyConnections"
  /** Both sides dialled, and the other dial won. */
  | "superseded"
  /** The same node came back, and has this connection no more. */
  | "replaced"
  | "duplicateNode"
  /** The node dialled itself. */
  | "self"
  /** A stream came before the handshake was done. */
  | "earlyStream"
  | "tooManyStreams"
  /** What arrived cannot be taken apart, */
  | "badFrame"
  /** is longer than it may be, */
  | "oversizeFrame"
  /** or ended where it must not. */
  | "cutOff";
