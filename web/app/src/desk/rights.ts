// What each of an event's team may do here. The room decides; this is which ways to ask are shown.

import type { TeamRole } from '@houseful/client';

/** As the server tells it of a viewer; managers and admins are its staff. */
export type DeskRole = 'staff' | Exclude<TeamRole, 'manager'>;

export const TEAM_ROLES: TeamRole[] = ['manager', 'box_office', 'check_in', 'moderator', 'viewer'];

export const isOfTeam = (role: string): boolean => !['guest', 'visitor'].includes(role);
/** Facts, publishing, team, guests, what was changed. */
export const mayManage = (role: string): boolean => role === 'staff';
/** Blocks places, sees who has which, cancels for others. */
export const maySell = (role: string): boolean => role === 'staff' || role === 'box_office';
/** Stands at the door. */
export const mayLetIn = (role: string): boolean => maySell(role) || role === 'check_in';
