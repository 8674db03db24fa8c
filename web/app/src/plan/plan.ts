// A seating plan as the server tells it; it never changes once it has an id.

export interface PlanRow {
  label: string;
  seats: number;
  x?: number;
  first?: number;
  step?: number;
  labels?: string[];
  aisles?: number[];
  accessible?: number[];
  companion?: number[];
  restricted?: number[];
}

export interface PlanSection {
  name: string;
  zone: string;
  x: number;
  y: number;
  angle?: number;
  bow?: number;
  seatGap?: number;
  rowGap?: number;
  rows: PlanRow[];
}

export interface PlanArea {
  name: string;
  zone: string;
  capacity: number;
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface Plan {
  name: string;
  stage?: { x: number; y: number; w: number; h: number; label: string };
  zones: { id: string; name: string }[];
  sections: PlanSection[];
  areas?: PlanArea[];
}
