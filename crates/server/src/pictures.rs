//! Pictures that people upload: told by their first bytes, decoded within limits, and made anew in a size of ours. Of
//! the file that came nothing is kept, so neither is where it was taken or what was hidden in it.

use crate::limits;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgba, RgbaImage};
use std::io::Cursor;

/// The media type of every picture that we keep.
pub const MEDIA_TYPE: &str = "image/jpeg";
/// Pixels on each side of an avatar: twice what a page shows of the largest.
const AVATAR_SIDE: u32 = 256;
/// Widths of an event's picture: for lists, and for its own page.
pub const WIDTHS: [u32; 2] = [480, 1280];
/// The formats that are read.
const READ: [ImageFormat; 3] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP];
const JPEG_QUALITY: u8 = 85;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// Its first bytes are of no format that is read here.
    #[error("Use a picture in PNG, JPEG or WebP.")]
    UnknownFormat,
    /// It would need too much memory.
    #[error("The picture has too many pixels.")]
    TooManyPixels,
    /// It is damaged, or something else that begins like a picture.
    #[error("The picture cannot be read.")]
    Unreadable,
}

/// Whether its first bytes are of no format that is read here.
pub fn is_unknown(bytes: &[u8]) -> bool {
    !image::guess_format(bytes).is_ok_and(|format| READ.contains(&format))
}

/// A person's picture as a square JPEG of ours: its middle, upright, on white.
pub fn avatar(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let picture = decode(bytes)?;
    let square = picture.resize_to_fill(AVATAR_SIDE, AVATAR_SIDE, FilterType::Triangle);
    encode(&square)
}

/// An event's picture as JPEGs of ours in each of our [`WIDTHS`], whole, upright, on white; never wider than it was.
pub fn widths(bytes: &[u8]) -> Result<[Vec<u8>; 2], PictureError> {
    let picture = decode(bytes)?;
    let sized = |width: u32| match picture.width() <= width {
        true => encode(&picture),
        // What is as narrow as a thread keeps its height's bound too.
        false => encode(&picture.resize(width, limits::PICTURE_SIDE_MAX, FilterType::Triangle)),
    };
    Ok([sized(WIDTHS[0])?, sized(WIDTHS[1])?])
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::new(Cursor::new(bytes));
    let format = image::guess_format(bytes).ok().filter(|format| READ.contains(format));
    let format = format.ok_or(PictureError::UnknownFormat)?;
    reader.set_format(format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(limits::PICTURE_SIDE_MAX);
    limits.max_image_height = Some(limits::PICTURE_SIDE_MAX);
    limits.max_alloc = Some(limits::PICTURE_BYTES_DECODED_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    // The picture's own size is told before its pixels are read.
    if decoder.total_bytes() > limits::PICTURE_BYTES_DECODED_MAX {
        return Err(PictureError::TooManyPixels);
    }
    let turned = decoder.orientation().map_err(|error| refused(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    picture.apply_orientation(turned);
    Ok(picture)
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let (width, height) = (picture.width(), picture.height());
    let mut page = RgbaImage::from_pixel(width, height, Rgba([255; 4]));
    image::imageops::overlay(&mut page, &picture.to_rgba8(), 0, 0);
    let page = DynamicImage::from(page).to_rgb8();
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY);
    encoder.encode_image(&page).map_err(|error| refused(&error))?;
    Ok(out)
}

fn refused(error: &image::ImageError) -> PictureError {
    match error {
        image::ImageError::Limits(_) => PictureError::TooManyPixels,
        _ => PictureError::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let picture = DynamicImage::from(RgbaImage::from_pixel(width, height, Rgba([9, 9, 9, 0])));
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    /// A PNG whose head says that it is of this size, with a valid checksum and no pixels.
    fn boast(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = png(1, 1);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let mut crc = u32::MAX;
        for byte in &bytes[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        bytes[29..33].copy_from_slice(&(!crc).to_be_bytes());
        bytes
    }

    #[test]
    fn a_picture_is_made_anew_as_a_square() {
        let made = avatar(&png(300, 20)).unwrap();
        assert_eq!(image::guess_format(&made).unwrap(), ImageFormat::Jpeg);
        let read = image::load_from_memory(&made).unwrap().to_rgb8();
        assert_eq!((read.width(), read.height()), (AVATAR_SIDE, AVATAR_SIDE));
        assert!(read.get_pixel(5, 5).0.iter().all(|value| *value > 250), "what is clear is white");
    }

    #[test]
    fn an_events_picture_is_made_in_two_widths_and_never_wider() {
        let of = |bytes: &[u8]| {
            let picture = image::load_from_memory(bytes).unwrap();
            (picture.width(), picture.height())
        };
        let made = widths(&png(2_560, 1_000)).unwrap();
        assert_eq!([of(&made[0]), of(&made[1])], [(480, 188), (1_280, 500)]);
        let made = widths(&png(600, 40)).unwrap();
        assert_eq!([of(&made[0]), of(&made[1])], [(480, 32), (600, 40)]);
        assert_eq!(widths(&boast(50_000, 50_000)), Err(PictureError::TooManyPixels));
        let mut hidden = avatar(&png(4, 4)).unwrap();
        hidden.splice(2..2, b"\xff\xe1\x00\x1cExif\0\0GPS 52.52 13.40 here".iter().copied());
        hidden.extend(b"<script>alert(1)</script>");
        for made in widths(&hidden).unwrap() {
            let text = String::from_utf8_lossy(&made);
            assert!(!text.contains("GPS") && !text.contains("script") && !text.contains("Exif"));
        }
    }

    #[test]
    fn what_hides_in_a_file_is_not_kept() {
        // A camera's place, and a page behind the picture.
        let mut jpeg = avatar(&png(4, 4)).unwrap();
        let exif = b"\xff\xe1\x00\x1cExif\0\0GPS 52.52 13.40 here";
        jpeg.splice(2..2, exif.iter().copied());
        jpeg.extend(b"<script>alert(1)</script>");
        let made = avatar(&jpeg).unwrap();
        let text = String::from_utf8_lossy(&made);
        assert!(!text.contains("GPS") && !text.contains("script") && !text.contains("Exif"));
    }

    #[test]
    fn what_is_no_picture_of_ours_is_refused() {
        let side = limits::PICTURE_SIDE_MAX;
        assert_eq!(
            avatar(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            Err(PictureError::UnknownFormat)
        );
        assert_eq!(avatar(b"GIF89a\x01\0\x01\0\0\0\0;"), Err(PictureError::UnknownFormat));
        assert_eq!(avatar(b""), Err(PictureError::UnknownFormat));
        assert_eq!(avatar(&png(9, 9)[..40]), Err(PictureError::Unreadable));
        assert_eq!(avatar(&boast(50_000, 50_000)), Err(PictureError::TooManyPixels));
        assert_eq!(avatar(&boast(side + 1, 1)), Err(PictureError::TooManyPixels));
        assert_eq!(avatar(&boast(side, side)), Err(PictureError::TooManyPixels), "it is 256 MiB");
        assert_eq!(avatar(&boast(side, 1)), Err(PictureError::Unreadable), "it has no pixels");
    }
}
