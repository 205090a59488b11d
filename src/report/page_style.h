#pragma once

// The style sheet of every page.
namespace interprior {

inline constexpr const char* kPageStyle = R"(
:root{color-scheme:light dark;--paper:#fbfaf8;--card:#fff;--ink:#1d2126;--quiet:#667079;--rule:#dfe2e6;
--accent:#2563a8;--warn:#9a3b12;
--c0:#2563a8;--c1:#c4571b;--c2:#2f8554;--c3:#8a4bb0;--c4:#b3852a;--c5:#b83a5e;--c6:#3a8f9c;--c7:#6b7280}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--card:#1c2024;--ink:#e4e7ea;--quiet:#98a2ab;--rule:#333a41;
--accent:#7db3ea;--warn:#f0a070;
--c0:#6ea8e8;--c1:#f0935a;--c2:#6cc490;--c3:#c08ee0;--c4:#e0b860;--c5:#ee85a4;--c6:#72c6d2;--c7:#a3adb8}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.3rem;margin:44px 0 12px;padding-top:14px;border-top:1px solid var(--rule)}
h3{font-size:1.02rem;margin:26px 0 8px}
p{margin:8px 0;max-width:76ch}
.quiet,.subtitle,figcaption,.legend,footer{color:var(--quiet)}
.warning{color:var(--warn);border-left:3px solid var(--warn);padding-left:10px}
nav{margin:14px 0 0;display:flex;flex-wrap:wrap;gap:4px 18px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:16px 0}
.number{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 14px}
.number b{display:block;font-size:1.7rem;line-height:1.25;font-weight:600;font-variant-numeric:tabular-nums}
.number b small{font-size:.95rem;font-weight:400;color:var(--quiet)}
.number span{display:block;font-size:.85rem;color:var(--quiet)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:16px;margin:14px 0}
figure{margin:14px 0;background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px}
.charts figure{margin:0}
figure img{display:block;max-width:100%;height:auto;border-radius:4px}
figure.image{display:flex;flex-wrap:wrap;gap:10px;align-items:flex-start}
figure.row img{flex:var(--aspect) 1 calc(var(--aspect)*200px);min-width:0;max-width:min(100%,var(--aspect)*420px)}
.image figcaption{flex:1 0 100%;margin:0}
video{display:block;width:100%;max-width:720px;max-height:480px;margin:8px 0 14px;background:#000;border-radius:8px}
figcaption{font-size:.88rem;margin-top:8px;overflow-wrap:anywhere}
.chart figcaption{margin:0 0 6px;color:var(--ink);font-weight:600}
svg{display:block;width:100%;height:auto;font-size:12px}
svg text{fill:var(--quiet)}svg .grid{stroke:var(--rule);stroke-width:1}svg .axis{stroke:var(--quiet);stroke-width:1}
svg .line{fill:none;stroke-width:2;stroke-linejoin:round}svg .raw{stroke-width:1;opacity:.28}
svg .reference{stroke:var(--quiet);stroke-width:1.5;stroke-dasharray:5 4}.legend .reference{background:var(--quiet);height:2px}
svg .dot{fill:var(--c0);opacity:.65}svg .mean{stroke:var(--ink);stroke-width:2.5}
svg .interval{stroke:var(--ink);stroke-width:1.5}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;font-size:.82rem;margin-top:4px}
.legend i{display:inline-block;width:14px;height:3px;border-radius:2px;margin-right:6px;vertical-align:middle}
.scroll{overflow-x:auto;margin:12px 0}
table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums}
caption{text-align:left;font-weight:600;padding-bottom:6px;white-space:nowrap}
th,td{padding:5px 16px 5px 0;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th{font-weight:600;color:var(--quiet)}.words{text-align:left}
.sortable{cursor:pointer}[aria-sort=ascending]::after{content:" \2191"}[aria-sort=descending]::after{content:" \2193"}
.turn{flex:0 1 calc(var(--aspect)*300px);min-width:0;max-width:100%}
.row .turn{flex:var(--aspect) 1 calc(var(--aspect)*200px);max-width:min(100%,var(--aspect)*420px)}
.turn canvas{display:block;width:100%;aspect-ratio:var(--aspect);border-radius:4px;cursor:grab;touch-action:pan-y;
background:color-mix(in srgb,var(--ink) 7%,var(--card))}
.turn label{display:flex;align-items:center;gap:10px;margin-top:8px;font-size:.88rem;font-variant-numeric:tabular-nums}
.turn input{flex:0 1 320px;min-width:80px;accent-color:var(--accent)}
.turn canvas:active{cursor:grabbing}.turn p{margin:4px 0 0;font-size:.82rem;color:var(--quiet)}
.more button{font:inherit;padding:5px 14px;color:var(--accent);background:var(--card);border:1px solid var(--rule);
border-radius:6px;cursor:pointer}
details{margin:14px 0}summary{cursor:pointer;color:var(--accent)}
pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px;overflow:auto;
font-size:.84rem;max-height:560px}
footer{margin-top:48px;font-size:.85rem}
@media print{details,.more,.turn canvas[height="0"]{display:none}figure,.number{break-inside:avoid}}
)";

}  // namespace interprior
