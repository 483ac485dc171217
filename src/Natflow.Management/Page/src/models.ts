export interface Session { name: string; role: 'viewer' | 'operator' | 'auditor' | 'admin'; version: string }
export interface Overview {
  timeMs: number; bitsPerSecond: number; packetsOutPerSecond: number; packetsInPerSecond: number; flowsPerSecond: number; dropsPerSecond: number;
  flows: number; mappings: number; users: number; portBlocks: number; offloadPercent: number; receiveLostPerSecond: number; drops: Record<string, number>;
}
export interface Sums { count: number; flows: number; packetsOut: number; packetsIn: number; bytesOut: number; bytesIn: number }
export interface List<T> { items: T[]; offset: number; total: number; sums: Sums; ageMs: number }
export interface User {
  address: string; zone: number; publicAddress?: string; flows: number; blocks: number; bytesOut: number; bytesIn: number;
  isBlocked: boolean; rateUp: number; rateDown: number; limitDrops: number; user?: KnownUser;
}
export interface KnownUser {
  id: number; addresses: string[]; mac: string; isRandomMac: boolean; login: string; interface: string; zone: number; status: string; type: string; rule: number; idleSeconds: number;
  rxBytes: number; txBytes: number; rxPackets: number; txPackets: number; rxBitsPerSecond: number; txBitsPerSecond: number; flows: number; ports: number; limitDown: number; limitUp: number;
}
export interface AuditWho { public: string; port: number; at: string; user?: string; zone: number; firstPort: number; portCount: number; since?: string; until?: string; basis: string; event?: string }
export interface AuditEvents { events: { ordering: number; at: string; event: string; stream: string; number: number; content?: unknown }[]; hasMore: boolean }
export interface AuditState {
  at: string; ordering: number; totalUsers: number; totalLeases: number; users: { user: string; zone: number; login?: string; rateUp: number; rateDown: number; firstSeen: string }[];
  leases: { public: string; firstPort: number; lastPort: number; user: string; zone: number; since: string }[];
}
export interface Flow {
  protocol: string; inside: string; external: string; remote: string; zone: number; state: string; startedOutside: boolean; hairpin: boolean;
  packetsOut: number; packetsIn: number; bytesOut: number; bytesIn: number; ageSeconds: number; idleSeconds: number; expiresInSeconds: number; offload: string;
}
export interface Mapping { protocol: string; inside: string; external: string; zone: number; uses: number }
export interface Offload {
  engine: string; capacityEntries: number; entries: number; occupancyPercent: number; hitRatePercent: number; offloadedPackets: number; offloadedBytes: number;
  bindsPerSecond: number; bound: number; refused: number; unbound: number; evicted: number; stale: number; lost: number; delayed: number; reasons: Record<string, number>;
}
export interface Port { index: number; interface: string; side: string; zone: number; mode: string; queues: string[]; counters: Record<string, number>; receiveLost: number }
export interface Status {
  version: string; processId: number; startedAt: string; state: string; config: string; workers: number; shards: number; publicAddresses: string[]; ports: Port[]; notes: string[];
  journal?: { store: string; isSpilling: boolean; stored: number; waiting: number; lost: number; lagMs: number; problem?: string };
}
export interface Health { isHealthy: boolean; checks: { name: string; isOk: boolean; detail: string }[] }
export interface AuditRecord { time: string; who: string; role: string; from: string; action: string; subject: string; outcome: string }
export interface Visit { time: string; kind: string; src: string; sport: number; dst: string; dport: number; hits: number; host: string; uri?: string; action: string }
export interface Members { selfNode: string; members: { node: string; nodeUid: string; status: string; roles: string[] }[]; leader?: string; unreachable: { node: string }[] }
export interface ClusterNode { name: string; port: number; incarnation: number; state: string; weight: number; owned: number; copies: number; isReachable: boolean }
export interface ClusterShard { shard: number; owner?: string; standby?: string; copy?: string; token: number; lagMs?: number }
export interface ClusterMap { name: string; self: string; leader?: string; oldest?: string; revision: number; nodes: ClusterNode[]; shards: ClusterShard[] }
export interface Configuration { text: string; values: { path: string; value: string; source: string; isLive: boolean }[] }
export interface ReloadResult { isValid: boolean; applied: string[]; needRestart: string[]; errors: string[] }
