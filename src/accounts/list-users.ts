import { and, desc, isNull, like, lt } from 'drizzle-orm'
import { users } from '../database/tables.ts'
import { type Page, type PageRequest, toPage } from '../kernel/page.ts'
import { emailKey } from '../users/email.ts'
import type { User } from '../users/user.ts'
import { userColumns } from '../users/users.ts'
import type { AccountParts } from './parts.ts'

/**
 * Users, newest first, without deleted ones.
 * @param search what their address begins with, in any spelling; null for all
 */
export async function listUsers(
  { database }: AccountParts,
  search: string | null,
  page: PageRequest,
): Promise<Page<User>> {
  const prefix = emailKey(search ?? '')
  // a text that PostgreSQL cannot hold, and no address begins with
  if (prefix.includes('\0')) return { items: [], hasMore: false }
  const rows = await database.queries
    .select(userColumns)
    .from(users)
    .where(
      and(
        isNull(users.deletedAt),
        prefix === '' ? undefined : like(users.emailKey, `${escapeLike(prefix)}%`),
        page.after === null ? undefined : lt(users.id, page.after),
      ),
    )
    .orderBy(desc(users.id))
    .limit(page.size + 1)
  return toPage(rows, page)
}

/** The text as a pattern that only itself fits. */
function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, '\\$&')
}
