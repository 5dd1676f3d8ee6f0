import { sql } from 'drizzle-orm'
import { expect, it } from 'vitest'
import { anyEmail, Browser } from '../kit/browser.ts'
import { describeEachDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

describeEachDatabase('what is left to do when a sign-in has been committed', (open) => {
  const use = useApp(open)

  it('may fail, and whoever signed in has their cookie all the same', async () => {
    const email = anyEmail()
    await new Browser(use.app).signUp(email)
    const { queries } = use.database.database
    await queries.execute(sql`
      CREATE FUNCTION keep_attempts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'counted for ever'; END $$`)
    await queries.execute(sql`
      CREATE TRIGGER keep_attempts BEFORE UPDATE ON attempts FOR EACH ROW WHEN (NEW.count < OLD.count) EXECUTE FUNCTION keep_attempts()`)
    const browser = new Browser(use.app)
    // goes red when a failure behind the commit becomes the answer
    await browser.signIn(email)
    expect(await browser.currentSessionId()).not.toBeNull()
    const messages = use.app.logs.map((line) => (JSON.parse(line) as { msg: string }).msg)
    expect(messages).toContain('what follows a commit could not be done')
  })
})
