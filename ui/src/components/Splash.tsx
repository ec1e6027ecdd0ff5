/** What stands while a page's code is on its way. */
export function Splash() {
  return (
    <div className="splash" role="status" aria-busy="true">
      <div className="spin" />
    </div>
  )
}
