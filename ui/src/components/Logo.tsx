/** The mark: lines of an article, and the seal that vouches for it. */
export function Logo({ size = 32, plate = '#173f78' }: { size?: number; plate?: string }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill={plate} />
      <path d="M8 9.5h16M8 15h16M8 20.5h8" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <rect x="18.5" y="18" width="7" height="7" rx="1.6" fill="#d5473f" />
    </svg>
  )
}
