//! Bundles from archives, in a bucket in memory.

use mist_core::ports::Bundles as _;
use mist_testkit::{FakeArtifacts, FakeChunks};

use super::*;
use crate::reroot::tests::Tar;

const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

async fn moved(bucket: &FakeArtifacts, archive: FakeChunks) -> Result<Artifact, Error> {
    let upload = bucket.begin("artifacts", "fetched/Demo/x.zip").await?;
    let sha = SHA.parse().unwrap();
    transfer(archive, Ignored::nothing(), upload, ("demo/shop", &sha)).await
}

fn noise(bytes: usize) -> String {
    let mut random = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| random.alphanumeric()).take(bytes).collect()
}

#[tokio::test]
async fn an_archive_becomes_a_bundle() {
    let bucket = FakeArtifacts::default();
    let archive = Tar::new().file("index.html", "<h1>Hello</h1>").done();
    let artifact = moved(&bucket, FakeChunks::of(&archive, 7)).await.unwrap();
    assert_eq!(artifact.key, "fetched/Demo/x.zip");
    let content = bucket.content("fetched/Demo/x.zip").unwrap();
    assert_eq!(artifact.size, content.len() as u64);
    assert!(content.starts_with(b"PK\x03\x04"));
}

#[tokio::test]
async fn a_large_bundle_is_written_in_pieces_of_the_same_size() {
    let bucket = FakeArtifacts::default();
    let archive = Tar::new().file("a", &noise(7_000_000)).file("b", &noise(6_000_000)).done();
    moved(&bucket, FakeChunks::of(&archive, 65_536)).await.unwrap();
    let pieces = bucket.pieces();
    assert!(pieces.len() == 2, "{pieces:?}");
    assert!(pieces[..pieces.len() - 1].iter().all(|size| *size == PIECE), "{pieces:?}");
}

#[tokio::test]
async fn an_incomplete_archive_leaves_no_bundle() {
    let bucket = FakeArtifacts::default();
    let archive = Tar::new().file("a", &noise(100_000)).done();
    let error = moved(&bucket, FakeChunks::broken(&archive[..50_000])).await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable");
    // Also without an error of the connection.
    let error = moved(&bucket, FakeChunks::of(&archive[..50_000], 1000)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("github is unavailable: the archive of {SHA} is incomplete")
    );
    assert_eq!((bucket.content("fetched/Demo/x.zip"), bucket.abandoned()), (None, 2));
}

#[tokio::test]
async fn a_refused_piece_ends_the_transfer() {
    let bucket = FakeArtifacts::default();
    bucket.refuse_pieces();
    let archive = Tar::new().file("a", &noise(12_000_000)).done();
    let error = moved(&bucket, FakeChunks::of(&archive, 65_536)).await.unwrap_err();
    assert_eq!(error.code(), "Mist.AccessDenied");
    assert_eq!(bucket.abandoned(), 1);
}

#[tokio::test]
async fn an_error_names_repository_and_commit_of_an_unfit_archive() {
    let bucket = FakeArtifacts::default();
    let archive = Tar::new().with("demo-shop-0123456/x", tar::EntryType::Symlink).done();
    let error = moved(&bucket, FakeChunks::of(&archive, 100)).await.unwrap_err();
    assert_eq!(error.code(), "Mist.UnfitArchive");
    let told = error.to_string();
    assert!(
        told.starts_with(&format!(
            "commit `{SHA}` of `demo/shop` cannot be packed into a bundle: `x` is a symbolic link"
        )),
        "{told}"
    );
    assert_eq!(bucket.abandoned(), 1);
}
